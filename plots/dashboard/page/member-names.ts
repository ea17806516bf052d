/** How contenders are called: by what their makers call the framework, and by as much more as tells them apart. */
import { type Member, memberName } from '../../data/groups.ts';

/** With what distinguishes it from others of its group. */
export function nameOf(member: Member): string {
  return memberName(member);
}

/** Across weight classes: `llama.cpp q8_0`, and the settings only of those that share this. In the order given. */
export function shortNames(members: readonly Member[]): string[] {
  const short = members.map((member) => `${member.title} ${member.quantize}`.trim());
  return members.map(({ setting }, i) => {
    const name = short[i] ?? '';
    const isShared = short.filter((other) => other === name).length > 1;
    return isShared && setting !== '' ? `${name} · ${setting}` : name;
  });
}
