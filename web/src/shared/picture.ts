// Pictures: what is sent is checked, and made smaller when it is large.
import { pictureTexts } from './texts';
import type { Picture } from './types';

/** The long side of what is sent, at most (px). Enough to read a screenshot's small print. */
const LONGEST_SIDE = 2560;
/** A long screenshot could not be read any more by its long side: it is as wide as a telephone's screen. */
const LONG = 2; // heights by width from which on it is one
const LONG_WIDTH = 1080;
const MOST_PIXELS = 12_000_000; // the server keeps no more, and telephones draw little more
const QUALITY = 0.85;
/** Decoding more than this can take an old phone's whole memory. */
const MOST_BYTES = 60 * 1024 * 1024;

/** Very long or wide pictures (screenshots of lists) are cut in the small view. */
const NARROWEST = 0.62;
const WIDEST = 1.9;

/** What the server takes; it checks again. */
export interface PictureLimits {
  pictureBytes: number;
  pictureTypes: string[];
}

export interface PreparedPicture {
  blob: Blob;
  /** To show it at once: a blob: address, to be given back with URL.revokeObjectURL. */
  picture: Picture;
}

/** Check and shrink a file; returns a sentence for the customer when it cannot be sent. */
export async function preparePicture(file: File, limits: PictureLimits): Promise<PreparedPicture | string> {
  const { pictureTypes, pictureBytes } = limits;
  if (file.type === 'application/pdf') return pictureTexts.pdf;
  if (!pictureTypes.includes(file.type)) return pictureTexts.type(pictureTypes);
  if (file.size > MOST_BYTES) return pictureTexts.tooLarge(pictureBytes);

  const image = await load(file);
  if (!image) return pictureTexts.unreadable;
  const { naturalWidth: width, naturalHeight: height } = image;
  const blob = (await shrink(image, file)) ?? file;
  URL.revokeObjectURL(image.src);
  if (blob.size > pictureBytes) return pictureTexts.tooLarge(pictureBytes);
  return { blob, picture: { url: URL.createObjectURL(blob), width, height } };
}

function load(file: Blob): Promise<HTMLImageElement | null> {
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => {
      URL.revokeObjectURL(image.src);
      resolve(null);
    };
    image.src = URL.createObjectURL(file);
  });
}

/** By what factor a picture is made smaller before it is sent; 1 leaves it as it is. */
export function sentScale(width: number, height: number): number {
  const usual = LONGEST_SIDE / Math.max(width, height);
  if (height <= LONG * width) return Math.min(1, usual);
  const room = Math.sqrt(MOST_PIXELS / (width * height));
  return Math.min(1, Math.max(usual, Math.min(LONG_WIDTH / width, room)));
}

/** A smaller version, or null if there is none. */
async function shrink(image: HTMLImageElement, file: Blob): Promise<Blob | null> {
  const { naturalWidth, naturalHeight } = image;
  const scale = sentScale(naturalWidth, naturalHeight);
  if (scale >= 1) return null;
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(naturalWidth * scale);
  canvas.height = Math.round(naturalHeight * scale);
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  pen.fillStyle = '#fff'; // JPEG has no transparency; it would turn black
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const smaller = await new Promise<Blob | null>((resolve) =>
    canvas.toBlob(resolve, 'image/jpeg', QUALITY),
  );
  return smaller && smaller.size < file.size ? smaller : null;
}

/** Width by height of the small view. */
export function thumbnailRatio({ width, height }: Picture): number {
  return Math.min(WIDEST, Math.max(NARROWEST, width / height || 1));
}
