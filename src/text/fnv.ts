/** FNV-1a of wire text, going on from `hash`; 32 bits with a sign. For marks and tags: whoever knows the seed can choose texts that collide. */
export function fnv1a(hash: number, text: string): number {
  let mixed = hash;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  return mixed;
}
