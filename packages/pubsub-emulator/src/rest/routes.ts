import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import type { UnaryHandler } from '../grpc/unary.js';

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

/** A method as HTTP calls it. */
export interface Route {
  /** `POST` */
  httpMethod: string;
  /** Matches the path and captures the part of it that is a field of the request. */
  path: RegExp;
  /** The path of that field in the request: `['topic', 'name']`. */
  pathField: string[];
  /** Whether the body is the rest of the request; else the query is. */
  hasBody: boolean;
  requestType: protobuf.Type;
  responseType: protobuf.Type;
  /** Undefined if the emulator lacks the method. */
  handler: UnaryHandler<object, object> | undefined;
}

/** The routes that the annotations of the descriptors give to the methods of `service`. */
export function restRoutes(
  service: protobuf.Service,
  implementation: UntypedServiceImplementation,
): Route[] {
  return service.methodsArray.flatMap((method) => {
    const { body, ...paths } = httpRule(method);
    const { resolvedRequestType: requestType, resolvedResponseType: responseType } = method;
    if (!requestType || !responseType) throw new Error(`${method.fullName} has not been resolved.`);
    return Object.entries(paths).map(([httpMethod, template]) => ({
      httpMethod: httpMethod.toUpperCase(),
      ...parseTemplate(template),
      hasBody: body === '*',
      requestType,
      responseType,
      handler: implementation[method.name] as UnaryHandler<object, object> | undefined,
    }));
  });
}

/** Empty for a method that streams. */
function httpRule(method: protobuf.Method): HttpRule {
  const options: Record<string, HttpRule>[] = method.parsedOptions ?? [];
  return options.find((option) => '(google.api.http)' in option)?.['(google.api.http)'] ?? {};
}

function parseTemplate(template: string): Pick<Route, 'path' | 'pathField'> {
  const [, prefix, field, pattern, suffix] = TEMPLATE.exec(template) ?? [];
  if (!field || !pattern) throw new Error(`The path ${template} names no field.`);
  return {
    path: new RegExp(`^${prefix}(${pattern.replaceAll('*', '[^/]+')})${suffix}$`),
    pathField: field.split('.'),
  };
}
