// How the pages are built into dist/, served while developing, and tested.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const PACKERS = { '.br': promisify(brotliCompress), '.gz': promisify(gzip) };

/** Compressed copies of what is built, which the server sends as they are (server/assets.py). */
function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    async closeBundle() {
      const entries = await readdir('dist', { recursive: true, withFileTypes: true });
      const built = entries.filter((entry) => entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name));
      await Promise.all(
        built.flatMap((entry) => {
          const file = join(entry.parentPath ?? entry.path, entry.name);
          return Object.entries(PACKERS).map(async ([suffix, pack]) => {
            const data = await readFile(file);
            const packed = await pack(data);
            if (packed.length < data.length) await writeFile(file + suffix, packed);
          });
        }),
      );
    },
  };
}

export default defineConfig({
  plugins: [react(), compress()],
  resolve: {
    alias: [
      // The package's `browser` field is a UMD file, which bundlers import as an empty component.
      { find: /^@chatui\/core$/, replacement: '@chatui/core/es/index.js' },
    ],
  },
  build: {
    // Customers keep their phones for long; this is as old as module scripts sensibly get.
    target: ['chrome70', 'safari13', 'firefox78'],
    // A data: URI would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The customers' chat, the agents' console, and the chat's messages in a frame of the console.
    rollupOptions: {
      input: { index: 'index.html', desk: 'desk.html', preview: 'preview.html' },
      output: {
        // What several pages use; else named after one of its files by chance.
        chunkFileNames: ({ isDynamicEntry }) =>
          isDynamicEntry ? 'assets/[name]-[hash].js' : 'assets/shared-[hash].js',
      },
    },
  },
  server: {
    // `npm run dev` talks to an assistant started with `make run`.
    proxy: { '/api': 'http://127.0.0.1:5005', '/desk/api': 'http://127.0.0.1:5005' },
  },
  test: { include: ['tests/**/*.test.ts'] },
});
