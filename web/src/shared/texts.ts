// Sentences that both pages say.

const MEGABYTE = 1024 * 1024;

const PICTURE_TYPES: Record<string, string> = {
  'image/jpeg': 'JPG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
};

export const pictureTexts = {
  attach: '发送图片',
  enlarge: (what: string) => `放大查看${what}`,
  broken: '图片显示不出来',
  drop: '松开鼠标，发送图片',
  type: (types: string[]) =>
    `这个文件发不了，请选 ${types.map((type) => PICTURE_TYPES[type] ?? type).join('、')} 格式的图片。`,
  pdf: 'PDF 文件发不了。请把要看的那一页截成图片，再发。',
  tooLarge: (bytes: number) =>
    `图片太大了，请选不超过 ${Math.max(1, Math.floor(bytes / MEGABYTE))} MB 的图片。`,
  unreadable: '这张图片打不开，可能已损坏，请换一张。',
};
