import { describe, expect, it } from 'vitest';
import { sentScale } from '../src/shared/picture';

describe('what is sent of a picture', () => {
  it('is a photo of at most 2560 pixels', () => {
    expect(sentScale(1080, 1900)).toBe(1);
    expect(sentScale(4000, 3000)).toBe(0.64);
    expect(sentScale(3000, 4000)).toBe(0.64);
  });

  it.each([
    [700, 14_000, 700],
    [1080, 2400, 1080],
    [1440, 3200, 1152],
    [1440, 7200, 1080],
    [1080, 21_600, 774],
  ])('is a long screenshot of %i by %i pixels that can still be read', (width, height, sent) => {
    const scale = sentScale(width, height);
    expect(Math.floor(width * scale)).toBe(sent);
    expect(width * height * scale * scale).toBeLessThan(12_100_000);
  });
});
