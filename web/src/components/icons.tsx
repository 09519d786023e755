// Drawn here because ChatUI's icons come from a script on a foreign server.
import type { ReactNode } from 'react';

function Svg({ children, className = 'icon' }: { children: ReactNode; className?: string }) {
  return (
    <svg className={className} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** A head with a headset. */
export const HumanIcon = () => (
  <Svg>
    <path d="M4 14v-2a8 8 0 0 1 16 0v2" />
    <rect x="3" y="13" width="4" height="6" rx="1.5" />
    <rect x="17" y="13" width="4" height="6" rx="1.5" />
    <path d="M19 19c0 1.5-2 2.5-5 2.5" />
  </Svg>
);

export const WarningIcon = () => (
  <Svg>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v6M12 16.500v.1" />
  </Svg>
);

export const DownIcon = () => (
  <Svg>
    <path d="M6 9l6 6 6-6" />
  </Svg>
);

export const PictureIcon = () => (
  <Svg>
    <rect x="3" y="4.500" width="18" height="15" rx="2.500" />
    <circle cx="8.500" cy="10" r="1.500" />
    <path d="M4 17.500l5-4.500 3.500 3 3.500-4 4.500 5" />
  </Svg>
);

export const MoreIcon = () => (
  <Svg className="icon icon--solid">
    <circle cx="5" cy="12" r="2" />
    <circle cx="12" cy="12" r="2" />
    <circle cx="19" cy="12" r="2" />
  </Svg>
);

export const CloseIcon = () => (
  <Svg>
    <path d="M6 6l12 12M18 6L6 18" />
  </Svg>
);

export const CheckIcon = () => (
  <Svg>
    <path d="M5 12.500l5 5 9-11" />
  </Svg>
);

export const StarIcon = () => (
  <Svg className="icon star-icon">
    <path d="M12 3l2.700 5.700 6.300.9-4.600 4.400 1.100 6.200-5.500-3-5.500 3 1.100-6.200L3 9.600l6.300-.9z" />
  </Svg>
);
