let audio: AudioContext | null = null;

/** Let sounds be heard from now on; called while something is pressed. */
export function unlock(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
  } catch {
    // No sound device.
  }
}

/** Two short tones, made here: no file to load. */
export function beep(): void {
  // Before anything was pressed browsers allow no sound, and complain.
  if (navigator.userActivation?.hasBeenActive === false) return;
  try {
    unlock();
    if (!audio) return;
    tone(audio, 880, 0);
    tone(audio, 1175, 0.16);
  } catch {
    // No sound device, or none allowed: the notification has to do.
  }
}

function tone(context: AudioContext, pitch: number, delay: number): void {
  const start = context.currentTime + delay;
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = pitch;
  // Faded in and out: a hard edge clicks.
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.12, start + 0.02);
  volume.gain.linearRampToValueAtTime(0, start + 0.14);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.15);
}
