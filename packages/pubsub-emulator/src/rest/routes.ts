import type protobuf from 'protobufjs';
import type { Service, UnaryMethod } from '../grpc/service.js';
import { typesOf } from '../protocol/services.js';

/**
 * The part of google.api.HttpRule that Pub/Sub uses:
 * https://cloud.google.com/endpoints/docs/grpc/transcoding
 */
type HttpRule = Partial<Record<'get' | 'put' | 'post' | 'patch' | 'delete' | 'body', string>>;

/**
 * `/v1/{topic=projects/*` + `/topics/*}:publish`: the prefix, the field, its pattern, and the
 * suffix.
 */
const TEMPLATE = /^(.*)\{([\w.]+)=(.+)\}(.*)$/;

/**
 * IAM's methods have other paths in Pub/Sub than in IAM's own descriptors:
 * https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/getIamPolicy
 */
const IAM_RULES: Record<string, HttpRule | undefined> = {
  '.google.iam.v1.IAMPolicy.GetIamPolicy': { get: '/v1/{resource=projects/*/*/*}:getIamPolicy' },
  '.google.iam.v1.IAMPolicy.SetIamPolicy': {
    post: '/v1/{resource=projects/*/*/*}:setIamPolicy',
    body: '*',
  },
  '.google.iam.v1.IAMPolicy.TestIamPermissions': {
    post: '/v1/{resource=projects/*/*/*}:testIamPermissions',
    body: '*',
  },
};

/** A method as HTTP calls it. */
export interface Route {
  /** `POST` */
  httpMethod: string;
  /** Matches the path and captures the part of it that is a field of the request. */
  path: RegExp;
  /** The path of that field in the request: `['topic', 'name']`. */
  pathField: string[];
  /** The field of the request that the body is, `*` for the whole request; undefined: no body. */
  body: string | undefined;
  requestType: protobuf.Type;
  responseType: protobuf.Type;
  /** Undefined if the emulator lacks the method. */
  handler: UnaryMethod | undefined;
}

/** The routes that the annotations of the descriptors give to the methods of `service`. */
export function restRoutes(service: protobuf.Service, implementation: Service): Route[] {
  return service.methodsArray.flatMap((method) => {
    const { body, ...paths } = IAM_RULES[method.fullName] ?? httpRule(method);
    const { request, response } = typesOf(method);
    return Object.entries(paths).map(([httpMethod, template]) => ({
      httpMethod: httpMethod.toUpperCase(),
      ...parseTemplate(template),
      body,
      requestType: request,
      responseType: response,
      handler: implementation[method.name] as UnaryMethod | undefined,
    }));
  });
}

/** Empty for a method that streams. */
function httpRule(method: protobuf.Method): HttpRule {
  const options: Record<string, HttpRule>[] = method.parsedOptions ?? [];
  return options.find((option) => '(google.api.http)' in option)?.['(google.api.http)'] ?? {};
}

/** A `*` is a segment; what follows a colon in the last segment is a verb and belongs to no field. */
function parseTemplate(template: string): Pick<Route, 'path' | 'pathField'> {
  const [, prefix, field, pattern, suffix] = TEMPLATE.exec(template) ?? [];
  if (!field || !pattern) throw new Error(`The path ${template} names no field.`);
  const isLastSegment = !suffix?.includes('/');
  const segments = isLastSegment ? pattern.replace(/\*$/, '[^/:]+') : pattern;
  return {
    path: new RegExp(`^${prefix}(${segments.replaceAll('*', '[^/]+')})${suffix}$`),
    pathField: field.split('.'),
  };
}
