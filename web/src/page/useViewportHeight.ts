import { useEffect } from 'react';

/**
 * Keep --app-height at the height that is really visible. iOS lays its keyboard over the page
 * without shrinking it (and older phones do not know dvh), which would hide the input.
 */
export function useViewportHeight(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const update = () => {
      if (viewport.scale > 1.01) return; // zoomed in by hand: leave the layout alone
      document.documentElement.style.setProperty('--app-height', `${viewport.height}px`);
      window.scrollTo(0, 0);
    };
    update();
    viewport.addEventListener('resize', update);
    return () => viewport.removeEventListener('resize', update);
  }, []);
}
