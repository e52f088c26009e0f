import { type Body, BusError, type MethodCall, Standard } from '../../runtime/bus.ts';
import { nearest } from '../../text/nearest.ts';
import type { Authority } from './authority.ts';
import { ControlError, noSuchProvider, noSuchState, noSuchUser } from './errors.ts';
import { introspection } from './introspect.ts';
import { collectionAt, fixedChildren, type ObjectTree, type Standing } from './objects.ts';
import { parsePath, ROOT } from './paths.ts';
import type { Asker } from './permission.ts';
import type { Dict } from './record.ts';

export const PROPERTIES = 'org.freedesktop.DBus.Properties';
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager';
const INTROSPECTABLE = 'org.freedesktop.DBus.Introspectable';
/** What every object has besides its own interface, and no property in it. Peer is answered by the connection. */
const COMMON: readonly string[] = [INTROSPECTABLE, PROPERTIES, 'org.freedesktop.DBus.Peer'];

/** Answers the interfaces that every D-Bus object has, from the tree; who asks sees what is free to them. */
export class StandardInterfaces {
  readonly #tree: ObjectTree;
  readonly #authority: Authority;

  constructor(tree: ObjectTree, authority: Authority) {
    this.#tree = tree;
    this.#authority = authority;
  }

  /** The answer; undefined if the call is for another interface. */
  async answer(call: MethodCall, asker: Asker): Promise<Body | undefined> {
    switch (call.interface) {
      case INTROSPECTABLE:
        if (call.member !== 'Introspect') throw unknownMethod(call);
        return { signature: 's', values: [this.#introspect(call, asker)] };
      case OBJECT_MANAGER:
        if (call.member !== 'GetManagedObjects') throw unknownMethod(call);
        if (call.path !== ROOT) throw new BusError(Standard.unknownInterface, `${call.path} is no ObjectManager: ${ROOT} is`);
        return { signature: 'a{oa{sa{sv}}}', values: [this.#managedObjects(asker)] };
      case PROPERTIES:
        return this.#properties(call, asker);
      default:
        return undefined;
    }
  }

  #introspect(call: MethodCall, asker: Asker): string {
    const standing = this.#tree.at(call.path);
    const collection = collectionAt(call.path);
    let children = fixedChildren(call.path);
    if (collection !== undefined)
      children = this.#readable(this.#tree.of(collection, this.#whose(asker)), asker).map(({ path }) =>
        path.slice(call.path.length + 1),
      );
    return introspection(standing === undefined ? [] : [standing.shape], call.path === ROOT, children);
  }

  #managedObjects(asker: Asker): readonly unknown[] {
    const readable = this.#readable(this.#tree.all(this.#whose(asker)), asker);
    const everything = this.#seesEverything(asker);
    return readable.map(({ path, shape, properties }) => [path, [[shape.name, properties(everything)]]]);
  }

  /** Whether the calls of everybody are the caller's to see, without anybody being asked. */
  #seesEverything(asker: Asker): boolean {
    return this.#authority.isFree('seeEverything', asker, []);
  }

  /** What the caller may read without anybody being asked. */
  #readable(all: Iterable<Standing>, asker: Asker): readonly Standing[] {
    return [...all].filter(({ reading, subjects }) => this.#authority.isFree(reading, asker, subjects));
  }

  /** Who may not read all of it is spared the looking at all of it, and so are the calls. */
  #whose(asker: Asker): string | undefined {
    return this.#authority.isMaster(asker) ? undefined : (asker.name ?? '');
  }

  async #properties(call: MethodCall, asker: Asker): Promise<Body> {
    const { member, signature, args } = call;
    const expected = member === 'Get' ? 'ss' : member === 'GetAll' ? 's' : member === 'Set' ? 'ssv' : undefined;
    if (expected === undefined) throw unknownMethod(call);
    if (signature !== expected) throw wrongSignature(call, expected);
    const [interfaceName, property] = args as readonly [string, string];
    const standing = standingAt(this.#tree, call.path);
    // An empty name stands for whichever interface has the property.
    const isOwn = interfaceName === '' || interfaceName === standing.shape.name;
    const isCommon = COMMON.includes(interfaceName) || (interfaceName === OBJECT_MANAGER && call.path === ROOT);
    if (!isOwn && !isCommon) throw unknownInterface(call.path, interfaceName);
    if (member === 'Set') throw new BusError(Standard.propertyReadOnly, 'properties are changed by methods');
    await this.#authority.require(standing.reading, call, asker, standing.subjects);
    const properties = isOwn ? standing.properties(this.#seesEverything(asker)) : [];
    if (member === 'GetAll') return { signature: 'a{sv}', values: [properties] };
    return { signature: 'v', values: [variantOf(properties, property, interfaceName || standing.shape.name)] };
  }
}

function variantOf(properties: Dict, property: string, interfaceName: string): readonly [string, unknown] {
  const found = properties.find(([name]) => name === property);
  if (found === undefined) throw new BusError(Standard.unknownProperty, `${interfaceName} has no property ${property}`);
  return found[1];
}

/** @throws ControlError where a user, phone, call, provider or state of that name could stand, BusError anywhere else. */
export function standingAt(tree: ObjectTree, path: string): Standing {
  const standing = tree.at(path);
  if (standing !== undefined) return standing;
  const parsed = parsePath(path);
  if (parsed === undefined) throw new BusError(Standard.unknownObject, `there is no object ${path}`);
  const { collection, id } = parsed;
  switch (collection) {
    case 'user':
      throw noSuchUser(id, nearest(id, tree.names('user')));
    case 'phone':
      throw new ControlError(
        'NoSuchPhone',
        'that phone is not registered any more; "sipwitchctl phone list" shows those that are',
      );
    case 'call':
      throw new ControlError('NoSuchCall', `there is no call ${id}; "sipwitchctl call list" shows those there are`);
    case 'provider':
      throw noSuchProvider(id, nearest(id, tree.names('provider')));
    case 'state':
      throw noSuchState(id, nearest(id, tree.names('state')));
    default:
      throw collection satisfies never;
  }
}

export function unknownInterface(path: string, name: string): BusError {
  return new BusError(Standard.unknownInterface, `${path} has no interface ${name}`);
}

export function unknownMethod({ interface: name, member }: MethodCall): BusError {
  return new BusError(Standard.unknownMethod, `${name} has no method ${member}`);
}

export function wrongSignature({ member, signature }: MethodCall, expected: string): BusError {
  return new BusError(Standard.invalidArgs, `${member} takes arguments of type "${expected}", not "${signature}"`);
}
