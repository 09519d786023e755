// How the chat page is built into dist/ and served while developing.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
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
    // Two pages: the customers' chat and the agents' console.
    rollupOptions: {
      input: { index: 'index.html', desk: 'desk.html' },
      // React and what else both use; else named after one of its files by chance.
      output: { chunkFileNames: 'assets/shared-[hash].js' },
    },
  },
  server: {
    // `npm run dev` talks to an assistant started with `make run`.
    proxy: { '/api': 'http://127.0.0.1:5005', '/desk/api': 'http://127.0.0.1:5005' },
  },
});
