import { ROOT_KEYS } from '#src/bus/config/keys.js';
import type { KeyRule, TableRules, ValueRule } from '#src/bus/config/rules.js';

type Schema = Record<string, unknown>;

/** A text may name a variable, which stands for anything. */
const VARIABLE = '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}';
const NAME = '^[a-z0-9_][a-z0-9_.-]*$';

/** The JSON Schema of the config file, for editors: what they can check and complete while one writes. */
export function jsonSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of an alphapulse-bus',
    description: 'Generated from src/bus/config/keys.ts by "npm run layout"; do not edit.',
    ...tableSchema(ROOT_KEYS),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function tableSchema(keys: TableRules): Schema {
  const required = Object.keys(keys).filter((key) => keys[key]?.isRequired);
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(Object.entries(keys).map(([key, rule]) => [key, ruleSchema(rule)])),
  };
}

function ruleSchema({ description, value }: KeyRule): Schema {
  const otherwise = 'otherwise' in value ? value.otherwise : undefined;
  return { description, ...valueSchema(value), ...(otherwise !== undefined && { default: otherwise }) };
}

function valueSchema(value: ValueRule): Schema {
  switch (value.kind) {
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { anyOf: [{ enum: [...value.of] }, { type: 'string', pattern: VARIABLE }] };
    case 'whole':
      return { type: 'integer', minimum: value.least, maximum: value.most };
    case 'share':
      return { type: 'number', exclusiveMinimum: 0, maximum: 1 };
    case 'size': {
      const pattern = `^\\d+(\\.\\d+)?\\s*([kKmMgGtT]?[bB])?$|${VARIABLE}`;
      return {
        anyOf: [
          { type: 'integer', minimum: value.least, maximum: value.most },
          { type: 'string', pattern },
        ],
      };
    }
    case 'span':
      return { type: 'string', pattern: `^\\d+\\s*(ms|s|m|h|d)$|${VARIABLE}` };
    case 'service':
      return { type: 'string', pattern: NAME };
    case 'services':
      return { type: 'array', items: { type: 'string', pattern: NAME }, uniqueItems: true };
    case 'texts':
      return { type: 'array', items: { type: 'string' }, minItems: value.least };
    case 'variables':
      return { type: 'object', additionalProperties: { type: 'string' } };
    case 'gating':
      return { enum: [true, false, 'always'] };
    case 'table':
      return tableSchema(value.keys);
    case 'tables':
      return { type: 'object', additionalProperties: tableSchema(value.keys) };
    case 'either':
      return { anyOf: value.of.map(valueSchema) };
  }
}
