import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// `npm run dev` shows the app over a `coverslip serve` that runs beside it on its usual port.
const server = 'http://127.0.0.1:8080'
const proxied = ['/api', '/dzi', '/healthz', '/readyz']

export default defineConfig({
  plugins: [react()],
  // The server puts a fresh nonce in its place each time it sends the page; see infra/policy.py.
  html: { cspNonce: 'CSP_NONCE' },
  build: {
    outDir: '../src/coverslip/web_app',
    emptyOutDir: true,
    target: 'es2023',
    // The server's Content-Security-Policy allows no data: scripts or styles, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  worker: { format: 'es' },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: server }])) },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
