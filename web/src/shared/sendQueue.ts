/**
 * One message of a conversation goes out after the other. Sent side by side, those written quickly would
 * overtake each other on the way.
 */
export class SendQueue {
  private last: Promise<void> = Promise.resolve();
  /** By id: what lets the next one go. */
  private readonly turns = new Map<string, () => void>();

  /** Send a message when those before it have had their turn, whether they succeeded or not. */
  add<T>(id: string, send: () => Promise<T>): Promise<T> {
    const sent = this.last.then(send);
    this.last = new Promise((resolve) => {
      const end = () => {
        this.turns.delete(id);
        resolve();
      };
      this.turns.set(id, end);
      sent.then(end, end);
    });
    return sent;
  }

  /** The server has this message, though its answer is still to come: the next one may go. */
  arrived(id: string): void {
    this.turns.get(id)?.();
  }
}
