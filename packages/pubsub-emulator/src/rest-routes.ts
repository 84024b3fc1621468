import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import type { UnaryHandler } from './unary.js';

/** Of google.api.HttpRule, what Pub/Sub uses: https://cloud.google.com/endpoints/docs/grpc/transcoding */
type HttpRule = Partial<Record<'get' | 'put' | 'post' | 'patch' | 'delete' | 'body', string>>;

/** `/v1/{topic=projects/*` + `/topics/*}:publish`: what stands before, the field, its pattern, and what follows. */
const TEMPLATE = /^(.*)\{([\w.]+)=(.+)\}(.*)$/;

/** A method as HTTP calls it. */
export interface Route {
  /** `POST` */
  httpMethod: string;
  /** Matches the path and captures what the path tells of the request. */
  path: RegExp;
  /** The field of the request that this is: `['topic', 'name']`. */
  pathField: string[];
  /** Whether the body is the rest of the request; else the query is. */
  hasBody: boolean;
  requestType: protobuf.Type;
  responseType: protobuf.Type;
  /** None where gRPC has none either. */
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

/** None of a method that streams. */
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
