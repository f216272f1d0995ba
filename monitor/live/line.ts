/** A log line of a service, as `GET /events` sends it. */
export interface Line {
  /** Level of pino: 30 info, 40 warn, 50 error. */
  level: number;
  /** Unix milliseconds. */
  time: number;
  service: string;
  event?: string;
  node?: string;
  msg?: string;
  /** Name in the value of the write; only in lines of an observer. */
  writer?: string;
  seq?: number;
  observer?: string;
  conflated?: number;
  caughtUp?: boolean;
  missed?: number;
  differenceSeconds?: number;
  roundTripSeconds?: number;
  /** Unix microseconds of the service's clock. `readMicros`: of the observer's clock. */
  sentMicros?: number;
  acknowledgedMicros?: number;
  notifiedMicros?: number;
  readMicros?: number;
  arrivedMicros?: number;
}
