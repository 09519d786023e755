import { CheckIcon } from '../../shared/icons';
import { Menu, MenuItem } from '../../shared/Menu';
import { texts } from '../texts';
import { TEXT_SIZES } from '../textSize';
import type { TextSize } from '../textSize';

interface Props {
  textSize: TextSize;
  onTextSize: (size: TextSize) => void;
  /** Only while a rating is asked for. */
  onRate: (() => void) | null;
}

export function TitleMenu({ textSize, onTextSize, onRate }: Props) {
  return (
    <Menu label={texts.menu}>
      {onRate && <MenuItem onClick={onRate}>{texts.rating.open}</MenuItem>}
      <div role="group" aria-label={texts.textSize}>
        <div className="menu-heading" aria-hidden="true">
          {texts.textSize}
        </div>
        {TEXT_SIZES.map((size) => (
          <MenuItem
            key={size}
            role="menuitemradio"
            aria-checked={size === textSize}
            onClick={() => onTextSize(size)}
          >
            <span className={`menu-size menu-size--${size}`}>{texts.textSizes[size]}</span>
            {size === textSize && <CheckIcon />}
          </MenuItem>
        ))}
      </div>
    </Menu>
  );
}
