/** Keeps live pages open, as browsers do: each reads the events of the monitor. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

interface PagesTask {
  port: number;
  count: number;
}

export interface Frames {
  /** Of the page with the most frames. */
  perSecond: number;
  /** Of all pages together. */
  bytesPerSecond: number;
}

/** What a page has received since the last `takeFrames`. */
interface Received {
  frames: number;
  /** Monotonic milliseconds of the first and of the last frame. */
  firstAt: number;
  lastAt: number;
  bytes: number;
}

interface OpenPage {
  received: Received;
  close(): void;
}

let pages: OpenPage[] = [];

/** Opens pages, and returns when each has received its first frame. */
export async function openPages({ port, count }: PagesTask): Promise<void> {
  closePages();
  pages = await Promise.all(Array.from({ length: count }, () => openPage(port)));
}

/** Returns the rates since the last call. @throws Error if a page has received nothing. */
export function takeFrames(): Frames {
  const received = pages.map((page) => page.received);
  for (const page of pages) page.received = empty();
  const silent = received.filter(({ frames }) => frames < 2).length;
  if (silent > 0) throw new Error(`${silent} of ${pages.length} pages received fewer than 2 frames`);
  const seconds = ({ firstAt, lastAt }: Received) => (lastAt - firstAt) / 1000;
  const perSecond = Math.max(...received.map((one) => (one.frames - 1) / seconds(one)));
  return {
    // Times of arrival are not exact.
    perSecond: Number(perSecond.toFixed(1)),
    bytesPerSecond: received.reduce((sum, one) => sum + one.bytes / seconds(one), 0),
  };
}

export function closePages(): void {
  for (const { close } of pages) close();
  pages = [];
}

async function openPage(port: number): Promise<OpenPage> {
  const request = get({ host: '127.0.0.1', port, path: '/live', agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`/live answered with status ${response.statusCode}`);
  const page: OpenPage = { received: empty(), close: () => request.destroy() };
  // Closing destroys the request. A page that loses the monitor receives no frames, which `takeFrames` reports.
  for (const stream of [request, response]) stream.on('error', () => {});
  let rest = '';
  response.setEncoding('latin1').on('data', (chunk: string) => {
    page.received.bytes += chunk.length;
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) if (block.startsWith('event:')) count(page.received);
  });
  while (page.received.frames === 0) await once(response, 'data');
  return page;
}

function count(received: Received): void {
  received.lastAt = performance.now();
  if (received.frames === 0) received.firstAt = received.lastAt;
  received.frames += 1;
}

function empty(): Received {
  return { frames: 0, firstAt: 0, lastAt: 0, bytes: 0 };
}
