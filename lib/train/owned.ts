// What belongs to a model or an optimizer, such as its recorded steps, goes with it: when it is disposed or forgotten.

interface Disposable {
  dispose(): unknown;
}

const ofOwners = new WeakMap<Disposable, Set<Disposable>>();
const forgotten = new FinalizationRegistry<Set<Disposable>>(disposeAll);

/**
 * Dispose `owned` when `owner`, a model or an optimizer, is disposed or forgotten.
 *
 * @param owned Must not hold on to the owner, which would never be forgotten then.
 */
export function disposeWith(owner: Disposable, owned: Disposable): void {
  const known = ofOwners.get(owner);
  if (known) {
    known.add(owned);
    return;
  }
  const all = new Set([owned]);
  ofOwners.set(owner, all);
  forgotten.register(owner, all);
  const { dispose } = owner;
  owner.dispose = () => {
    disposeAll(all);
    return dispose.call(owner);
  };
}

function disposeAll(all: Iterable<Disposable>): void {
  for (const each of all) each.dispose();
}
