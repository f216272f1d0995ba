/**
 * What ioredis does with a reply that it cannot make sense of. It throws where nobody can catch it, so that one null
 * which was not asked for (`$-1`) would end the process; or it goes on, and takes each later reply for another's. Here
 * such a reply ends the connection.
 */
import dataHandler from 'ioredis/built/DataHandler.js';
import decoder from 'ioredis/built/resp/decoder.js';
import { guardDecoder, UnfitReply } from './decoders.ts';

/** As in ioredis; private there. */
interface Handler {
  redis: {
    commandQueue: { shift(): object | undefined };
    recoverFromFatalError(commandError: Error, error: Error, flush: { offlineQueue: boolean }): void;
  };
  dispatch(deliver: () => void): void;
  shiftCommand(): object;
  returnFatalError(error: Error): void;
}

const handler = dataHandler.default.prototype as unknown as Handler;

handler.dispatch = function (deliver) {
  try {
    deliver();
  } catch (error) {
    this.returnFatalError(error instanceof UnfitReply ? error : new UnfitReply(error));
  }
};

handler.shiftCommand = function () {
  const command = this.redis.commandQueue.shift();
  if (command === undefined) throw new UnfitReply();
  return command;
};

/** As in ioredis, without the advice to report it there. */
handler.returnFatalError = function (error) {
  this.redis.recoverFromFatalError(error, error, { offlineQueue: false });
};

guardDecoder(decoder.Decoder);
