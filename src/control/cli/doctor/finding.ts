/** What one check came to. `note`: nothing is broken, and a person may want to know. */
export interface Finding {
  /** What was looked at: `listeners`. */
  readonly check: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly sentence: string;
  /** What to do; empty where nothing is to be done. */
  readonly advice: string;
}

export const good = (check: string, sentence: string): Finding => ({ check, state: 'good', sentence, advice: '' });
export const note = (check: string, sentence: string, advice = ''): Finding => ({ check, state: 'note', sentence, advice });
export const bad = (check: string, sentence: string, advice: string): Finding => ({ check, state: 'bad', sentence, advice });
