import { expect } from 'chai';
import { services } from 'iex-pubsub-emulator/protocol/services';
import { restRoutes } from 'iex-pubsub-emulator/rest/routes';

describe('restRoutes', () => {
  const { publisher, subscriber, schemaService, iamPolicy } = services;

  /** The requests, by their types, that a path can mean. */
  function requestsFor(httpMethod: string, path: string): string[] {
    return [publisher, subscriber, schemaService, iamPolicy]
      .flatMap((service) => restRoutes(service, {}))
      .filter((route) => route.httpMethod === httpMethod && route.path.test(path))
      .map(({ requestType }) => requestType.name);
  }

  // https://cloud.google.com/pubsub/docs/reference/rest
  const documented: [httpMethod: string, path: string, request: string][] = [
    ['PUT', 'topics/t', 'Topic'],
    ['GET', 'topics/t', 'GetTopicRequest'],
    ['PATCH', 'topics/t', 'UpdateTopicRequest'],
    ['DELETE', 'topics/t', 'DeleteTopicRequest'],
    ['GET', 'topics', 'ListTopicsRequest'],
    ['POST', 'topics/t:publish', 'PublishRequest'],
    ['GET', 'topics/t/subscriptions', 'ListTopicSubscriptionsRequest'],
    ['PUT', 'subscriptions/s', 'Subscription'],
    ['GET', 'subscriptions/s', 'GetSubscriptionRequest'],
    ['PATCH', 'subscriptions/s', 'UpdateSubscriptionRequest'],
    ['DELETE', 'subscriptions/s', 'DeleteSubscriptionRequest'],
    ['GET', 'subscriptions', 'ListSubscriptionsRequest'],
    ['POST', 'subscriptions/s:pull', 'PullRequest'],
    ['POST', 'subscriptions/s:acknowledge', 'AcknowledgeRequest'],
    ['POST', 'subscriptions/s:modifyAckDeadline', 'ModifyAckDeadlineRequest'],
    ['POST', 'subscriptions/s:modifyPushConfig', 'ModifyPushConfigRequest'],
    ['POST', 'subscriptions/s:seek', 'SeekRequest'],
    ['GET', 'schemas', 'ListSchemasRequest'],
    ['POST', 'schemas', 'CreateSchemaRequest'],
    ['GET', 'schemas/s', 'GetSchemaRequest'],
    ['GET', 'schemas/s@0a1b2c3d', 'GetSchemaRequest'],
    ['GET', 'schemas/s:listRevisions', 'ListSchemaRevisionsRequest'],
    ['DELETE', 'schemas/s@0a1b2c3d:deleteRevision', 'DeleteSchemaRevisionRequest'],
    ['POST', 'schemas/s:commit', 'CommitSchemaRequest'],
    ['POST', 'schemas:validateMessage', 'ValidateMessageRequest'],
    ['GET', 'topics/t:getIamPolicy', 'GetIamPolicyRequest'],
    ['POST', 'subscriptions/s:setIamPolicy', 'SetIamPolicyRequest'],
    ['POST', 'schemas/s:testIamPermissions', 'TestIamPermissionsRequest'],
  ];
  for (const [httpMethod, path, request] of documented) {
    it(`finds ${request} at ${httpMethod} ${path}`, () => {
      expect(requestsFor(httpMethod, `/v1/projects/p/${path}`)).to.deep.equal([request]);
    });
  }

  it('finds nothing elsewhere', () => {
    expect(requestsFor('GET', '/v1/projects/p/topics/')).to.deep.equal([]);
    expect(requestsFor('GET', '/v1/projects/p/topics/a/b')).to.deep.equal([]);
    expect(requestsFor('GET', '/v2/projects/p/topics/a')).to.deep.equal([]);
    expect(requestsFor('POST', '/v1/projects/p/topics/a')).to.deep.equal([]);
    expect(requestsFor('POST', '/v1/projects/p/topics/a:publish/b')).to.deep.equal([]);
  });

  it('has a route for every method but streaming pull', () => {
    expect(restRoutes(publisher, {})).to.have.lengthOf(publisher.methodsArray.length);
    expect(restRoutes(subscriber, {})).to.have.lengthOf(subscriber.methodsArray.length - 1);
  });

  it('takes a nested field and no others from the path of a patch', () => {
    const patch = restRoutes(publisher, {}).find(({ httpMethod }) => httpMethod === 'PATCH');
    expect(patch).to.deep.include({ pathField: ['topic', 'name'], body: '*' });
    expect(patch?.path.exec('/v1/projects/p/topics/t')?.[1]).to.equal('projects/p/topics/t');
  });
});
