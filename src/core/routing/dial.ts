import { isFor } from './classes.ts';
import { writings } from './numbers.ts';
import type { DialRule } from './rules.ts';
import type { Way } from './way.ts';

/** A rule that fits, and the writing of the number that it fits. */
export interface Fitting {
  readonly rule: DialRule;
  readonly dialed: string;
}

/**
 * The first rule whose every part fits what was dialed. A number that begins with `+` is compared in every way that it may be dialed here;
 * only a rule that ends somewhere takes it by another than its own, for what would be left to dial anew is no number any more.
 */
export function findRule(text: string, way: Way): Fitting | undefined {
  const { dial, numbers } = way.snapshot.rules;
  const forms = text.startsWith('+') ? writings(text, numbers) : [text];
  for (const rule of dial) {
    for (let i = 0; i < forms.length; i++) {
      const dialed = forms[i]!;
      const misfit = misfitOf(rule, dialed, i > 0, way);
      if (misfit === undefined) return { rule, dialed };
      if (way.steps.every) way.steps.say(`[dial ${rule.name}] ${rule.match.written} does not fit ${dialed}: ${misfit}`);
    }
  }
  return undefined;
}

/** Why a rule does not fit. Its sentences are whole: nothing is put together for the hundreds that do not. */
function misfitOf(rule: DialRule, dialed: string, otherwise: boolean, way: Way): string | undefined {
  const { match } = rule;
  if (!dialed.startsWith(match.start)) return 'it begins otherwise';
  if (dialed.length < match.least) return 'it is too short';
  if (dialed.length > match.most) return 'it is too long';
  if (!match.expression.test(dialed)) return 'the pattern is another';
  if (otherwise && rule.to.length === 0 && rule.refuse === undefined) return 'the rule makes another number of it';
  if (way.spender === undefined || !isFor(rule.classes, way.spender)) return 'the rule is for other classes';
  const { when } = rule;
  if (when.length > 0 && !way.snapshot.active().some(({ name }) => when.includes(name))) return 'none of its states is on';
  return undefined;
}
