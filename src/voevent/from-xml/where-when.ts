// The WhereWhen of an event, flattened.
import { compact } from '../compact.js';
import type { WhereWhen } from '../model.js';
import { readFloat } from '../numbers.js';
import { child, childText, type XmlElement } from '../xml/element.js';
import { readDescribed } from './described.js';

export function readWhereWhen(element: XmlElement): WhereWhen {
  const data = child(element, 'ObsDataLocation');
  const location = child(data, 'ObservationLocation');
  const coords = child(location, 'AstroCoords');
  return compact<WhereWhen>({
    ...readDescribed(element),
    isoTime: childText(child(child(coords, 'Time'), 'TimeInstant'), 'ISOTime'),
    coordSystemId:
      identifier(coords, 'coord_system_id') ?? identifier(child(location, 'AstroCoordSystem'), 'id'),
    observatory: identifier(child(data, 'ObservatoryLocation'), 'id'),
    ...readPosition(child(coords, 'Position2D') ?? child(coords, 'Position3D')),
  });
}

/** Of a position in three dimensions the direction is kept, when it is one (it may be in km). */
function readPosition(element: XmlElement | undefined): Partial<WhereWhen> {
  const value = child(element, 'Value2') ?? child(element, 'Value3');
  if (!element || !value) return {};
  const names = [childText(element, 'Name1'), childText(element, 'Name2')] as const;
  return compact<Partial<WhereWhen>>({
    c1: readFloat(childText(value, 'C1')),
    c2: readFloat(childText(value, 'C2')),
    error2Radius: readFloat(childText(element, 'Error2Radius')),
    units: identifier(element, 'unit'),
    names: names[0] !== undefined && names[1] !== undefined ? [names[0], names[1]] : undefined,
  });
}

function identifier(element: XmlElement | undefined, name: string): string | undefined {
  return element?.attributes.get(name)?.trim() || undefined;
}
