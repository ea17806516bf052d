/** llama.cpp compiled on this machine for its processor, from the source that the installed binding was made from. */
import type { FrameworkVariant } from '../../variant.ts';

export const nativeBuild: FrameworkVariant = {
  name: 'native',
  title: 'llama.cpp, compiled here for this processor',
  gain: 'On the CPU it is faster than the prebuilt library: it uses OpenMP and is compiled for this very processor.',
  costs: { downloadBytes: 0, installedBytes: 30e6, workingBytes: 400e6, minutes: 5 },
  async recipe() {
    const { nativeRecipe } = await import('./recipe.ts');
    return nativeRecipe();
  },
};
