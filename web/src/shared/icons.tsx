// All icons, drawn here: ChatUI's come from a script on a foreign server.
import type { ReactNode } from 'react';

function icon(drawing: ReactNode, className = 'icon') {
  return () => (
    <svg className={className} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {drawing}
    </svg>
  );
}

export const BackIcon = icon(<path d="M15 5l-7 7 7 7" />);

export const BellIcon = icon(<path d="M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4" />);

export const BellOffIcon = icon(
  <path d="M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4M4 4l16 16" />,
);

export const CheckIcon = icon(<path d="M5 12.500l5 5 9-11" />);

export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);

export const DownIcon = icon(<path d="M6 9l6 6 6-6" />);

/** A head with a headset. */
export const HumanIcon = icon(
  <>
    <path d="M4 14v-2a8 8 0 0 1 16 0v2" />
    <rect x="3" y="13" width="4" height="6" rx="1.5" />
    <rect x="17" y="13" width="4" height="6" rx="1.5" />
    <path d="M19 19c0 1.5-2 2.5-5 2.5" />
  </>,
);

export const LockIcon = icon(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>,
);

export const MoreIcon = icon(
  <>
    <circle cx="5" cy="12" r="2" />
    <circle cx="12" cy="12" r="2" />
    <circle cx="19" cy="12" r="2" />
  </>,
  'icon icon--solid',
);

export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.500 20c.8-4 3.800-6 7.500-6s6.700 2 7.500 6" />
  </>,
);

export const PictureIcon = icon(
  <>
    <rect x="3" y="4.500" width="18" height="15" rx="2.500" />
    <circle cx="8.500" cy="10" r="1.500" />
    <path d="M4 17.500l5-4.500 3.500 3 3.500-4 4.500 5" />
  </>,
);

export const StarIcon = icon(
  <path d="M12 3l2.700 5.700 6.300.9-4.600 4.400 1.100 6.200-5.500-3-5.500 3 1.100-6.200L3 9.600l6.300-.9z" />,
  'icon star-icon',
);

export const WarningIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v6M12 16.500v.1" />
  </>,
);
