import { Button, Navbar } from '@chatui/core';
import { texts } from '../texts';
import { HumanIcon } from './icons';

export function TitleBar({ onHuman }: { onHuman: () => void }) {
  return (
    <Navbar
      align="left"
      title={texts.title}
      desc={texts.subtitle}
      rightSlot={
        <Button className="human-button" onClick={onHuman}>
          <HumanIcon />
          {texts.human}
        </Button>
      }
    />
  );
}
