// Runs before an install, on whatever Node the machine has: pnpm itself is silent (pnpm-workspace.yaml), and a person
// who waits is told what for. On the terminal itself, because pnpm keeps what this process writes.
import { writeFileSync } from 'node:fs';

try {
  writeFileSync('/dev/tty', 'Installing the dependencies, for the first time up to a minute …\n');
} catch {
  // No terminal, nobody who waits.
}
