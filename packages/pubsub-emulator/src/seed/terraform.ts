import protobuf from 'protobufjs';
import type { JsonObject } from '../protocol/proto-json.js';
import { messageType } from '../protocol/services.js';
import { type Seed, SeedError } from './seed.js';

/**
 * The part of `terraform show -json` that is read here:
 * https://developer.hashicorp.com/terraform/internals/json-format
 */
interface TerraformModule {
  resources?: { mode: string; type: string; address: string; values: JsonObject }[];
  child_modules?: TerraformModule[];
}

/** The types of resources in Google's provider. */
const KINDS: Record<string, { kind: keyof Seed; type: protobuf.Type } | undefined> = {
  google_pubsub_schema: { kind: 'schemas', type: messageType('Schema') },
  google_pubsub_topic: { kind: 'topics', type: messageType('Topic') },
  google_pubsub_subscription: { kind: 'subscriptions', type: messageType('Subscription') },
};

/** Whether a file is the output of `terraform show -json`. */
export function isTerraform(json: JsonObject): boolean {
  return 'format_version' in json;
}

/**
 * The Pub/Sub resources of a state, or of a plan as far as it knows them.
 *
 * @throws {SeedError} if a plan does not know the topic of a subscription yet
 */
export function terraformSeed(json: JsonObject, defaultProject: string): Seed {
  const seed: Seed = { schemas: [], topics: [], subscriptions: [] };
  const values = (json.values ?? json.planned_values ?? {}) as { root_module?: TerraformModule };
  for (const { mode, type, address, values: attributes } of resourcesOf(values.root_module)) {
    const target = KINDS[type];
    if (!target || mode !== 'managed') continue;
    const resource = toApi(target.type, attributes);
    const project = attributes.project ?? defaultProject;
    const parent = `projects/${project}`;
    resource.name = `${parent}/${target.kind}/${attributes.name}`;
    if (target.kind === 'subscriptions') {
      const topic = attributes.topic;
      if (typeof topic !== 'string') {
        throw new SeedError(`${address} does not know its topic before the plan is applied`);
      }
      resource.topic = topic.includes('/') ? topic : `${parent}/topics/${topic}`;
    }
    seed[target.kind].push(resource);
  }
  return seed;
}

function resourcesOf(module: TerraformModule = {}): NonNullable<TerraformModule['resources']> {
  return [
    ...(module.resources ?? []),
    ...(module.child_modules ?? []).flatMap((child) => resourcesOf(child)),
  ];
}

/**
 * The API's JSON for a resource or a block of Terraform, whose names are the API's in snake_case.
 * Left out: what the API does not have, and what is not set. A block is an array in Terraform.
 */
function toApi(type: protobuf.Type, attributes: JsonObject): JsonObject {
  const json: JsonObject = {};
  for (const [attribute, value] of Object.entries(attributes)) {
    const name = protobuf.util.camelCase(attribute);
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (!field || isUnset(value)) continue;
    const inner = field.resolvedType;
    if (inner instanceof protobuf.Type && Array.isArray(value)) {
      const blocks = value.map((block: JsonObject) => toApi(inner, block));
      json[name] = field.repeated ? blocks : blocks[0];
    } else {
      json[name] = value;
    }
  }
  return json;
}

function isUnset(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
