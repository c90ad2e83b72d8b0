/** The last line of a terminal, which is drawn over in place, with ordinary lines above it. */
export interface StatusLine {
  readonly columns: () => number;
  /** Draws the line over what stands there; it must be narrower than the terminal, or it would break. */
  readonly show: (line: string) => void;
  /** Removes it. */
  readonly clear: () => void;
  /** Writes whole lines above it: a log line must not tear it. */
  readonly write: (text: string) => void;
}

const columnsDefault = 80;
/** To the first column, and everything on the line erased. */
const erase = '\r\u001B[2K';

/**
 * Makes the status line of a terminal. Written by hand: what is needed of the libraries for it is one escape sequence,
 * and none of them lets another writer through without tearing the line.
 */
export function makeStatusLine(stream: { columns?: number; write: (text: string) => unknown }): StatusLine {
  let shown = '';
  return {
    columns() {
      const { columns = 0 } = stream;
      // A terminal that nobody has told its size says 0.
      return columns > 0 ? columns : columnsDefault;
    },
    show(line) {
      if (line === shown) return;
      shown = line;
      stream.write(`${erase}${line}`);
    },
    clear() {
      if (shown !== '') stream.write(erase);
      shown = '';
    },
    write(text) {
      const lines = text === '' || text.endsWith('\n') ? text : `${text}\n`;
      stream.write(shown === '' ? lines : `${erase}${lines}${shown}`);
    },
  };
}
