import type { InterfaceShape } from './interfaces.ts';

const HEAD = `<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">
`;

const arg = (name: string, type: string, direction?: string) =>
  `      <arg name="${name}" type="${type}"${direction === undefined ? '' : ` direction="${direction}"`}/>\n`;

const standard: readonly string[] = [
  `  <interface name="org.freedesktop.DBus.Introspectable">
    <method name="Introspect">
${arg('xml', 's', 'out')}    </method>
  </interface>
`,
  `  <interface name="org.freedesktop.DBus.Peer">
    <method name="Ping"/>
    <method name="GetMachineId">
${arg('machine_uuid', 's', 'out')}    </method>
  </interface>
`,
  `  <interface name="org.freedesktop.DBus.Properties">
    <method name="Get">
${arg('interface', 's', 'in')}${arg('property', 's', 'in')}${arg('value', 'v', 'out')}    </method>
    <method name="GetAll">
${arg('interface', 's', 'in')}${arg('properties', 'a{sv}', 'out')}    </method>
    <method name="Set">
${arg('interface', 's', 'in')}${arg('property', 's', 'in')}${arg('value', 'v', 'in')}    </method>
    <signal name="PropertiesChanged">
${arg('interface', 's')}${arg('changed', 'a{sv}')}${arg('invalidated', 'as')}    </signal>
  </interface>
`,
];

const objectManager = `  <interface name="org.freedesktop.DBus.ObjectManager">
    <method name="GetManagedObjects">
${arg('objects', 'a{oa{sa{sv}}}', 'out')}    </method>
    <signal name="InterfacesAdded">
${arg('object', 'o')}${arg('interfaces', 'a{sa{sv}}')}    </signal>
    <signal name="InterfacesRemoved">
${arg('object', 'o')}${arg('interfaces', 'as')}    </signal>
  </interface>
`;

/** The introspection document of an object. All names are ours or escaped: none needs quoting in XML. */
export function introspection(shapes: readonly InterfaceShape[], isRoot: boolean, children: readonly string[]): string {
  const own = shapes.map(interfaceText).join('');
  const nodes = children.map((name) => `  <node name="${name}"/>\n`).join('');
  const common = shapes.length === 0 ? '' : standard.join('') + (isRoot ? objectManager : '');
  return `${HEAD}<node>\n${own}${common}${nodes}</node>\n`;
}

/** By default a program may keep a property until a signal says that it changed (D-Bus Specification, Introspection Data Format). */
const silently = '<annotation name="org.freedesktop.DBus.Property.EmitsChangedSignal" value="false"/>';

function interfaceText({ name, methods, properties, silent }: InterfaceShape): string {
  const args = (all: Readonly<Record<string, string>>, direction: string) =>
    Object.entries(all)
      .map(([argument, type]) => arg(argument, type, direction))
      .join('');
  const methodText = Object.entries(methods).map(
    ([method, shape]) => `    <method name="${method}">\n${args(shape.in, 'in')}${args(shape.out, 'out')}    </method>\n`,
  );
  const propertyText = Object.entries(properties).map(([property, type]) => {
    const end = silent.includes(property) ? `>\n      ${silently}\n    </property>` : '/>';
    return `    <property name="${property}" type="${type}" access="read"${end}\n`;
  });
  return `  <interface name="${name}">\n${methodText.join('')}${propertyText.join('')}  </interface>\n`;
}
