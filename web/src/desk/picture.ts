// Pictures an agent sends: the same checks and shrinking as the customers' page.
import { preparePicture } from '../shared/picture';
import type { PictureLimits } from '../shared/picture';
import { sendPicture } from './sending';
import { say } from './store';

const LIMITS: PictureLimits = {
  pictureBytes: 10_000_000,
  pictureTypes: ['image/jpeg', 'image/png', 'image/webp'],
};

export const pictureTypes = LIMITS.pictureTypes;

export async function sendFiles(ticket: number, files: File[]): Promise<void> {
  for (const file of files) {
    const prepared = await preparePicture(file, LIMITS);
    if (typeof prepared === 'string') say(prepared, 'problem');
    else sendPicture(ticket, prepared.blob, prepared.picture);
  }
}
