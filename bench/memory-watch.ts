/** The most that something holds in memory, watched from outside it. */

const SAMPLE_MS = 100;

export interface MemoryWatch {
  /** The most since the last call, in bytes. */
  takePeak(): number;
  stop(): void;
}

export function watchMemory(residentBytes: () => number): MemoryWatch {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, residentBytes());
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    takePeak() {
      look();
      const taken = peak;
      peak = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
