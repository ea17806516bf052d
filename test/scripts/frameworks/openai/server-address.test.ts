import { expect, it } from 'vitest';
import { givenOptions } from '../../../../scripts/command-line/parsing/framework-options.ts';
import { serverAddress, serverOptions } from '../../../../scripts/frameworks/openai/server-address.ts';

it.each([
  { given: 'http://127.0.0.1:8080', url: 'http://127.0.0.1:8080/v1' },
  { given: 'http://127.0.0.1:8080/', url: 'http://127.0.0.1:8080/v1' },
  { given: 'http://127.0.0.1:8080/v1/', url: 'http://127.0.0.1:8080/v1' },
  { given: 'https://[::1]/engines/llama.cpp/v1', url: 'https://[::1]/engines/llama.cpp/v1' },
])('$given means $url', ({ given, url }) => {
  expect(serverAddress({ url: given }, {})).toEqual({
    url,
    key: undefined,
    model: undefined,
    promptForm: 'auto',
  });
});

it('the key comes from the variable that is named, OPENAI_API_KEY unless told otherwise', () => {
  const environment = { OPENAI_API_KEY: 'one', MINE: 'two' };
  const url = 'http://a';
  expect(serverAddress({ url }, environment)?.key).toBe('one');
  expect(serverAddress({ url, apiKeyEnv: 'MINE' }, environment)?.key).toBe('two');
  expect(serverAddress({ url, apiKeyEnv: 'NONE' }, environment)?.key).toBeUndefined();
});

it('without a URL there is no server', () => {
  expect(serverAddress({})).toBeUndefined();
  expect(serverAddress({ url: '' })).toBeUndefined();
});

it.each([
  { url: 'localhost:8080', says: /not an HTTP address/ },
  { url: 'nonsense', says: /not a URL/ },
  { url: 'ftp://a', says: /not an HTTP address/ },
  { url: 'http://user:secret@a', says: /would be logged/ },
])('$url is refused', ({ url, says }) => {
  expect(() => serverAddress({ url })).toThrow(says);
  expect(() => serverAddress({ url })).not.toThrow(/secret/);
});

it('a form of the prompt that does not exist is refused with those that do', () => {
  const environment = { TOKENLAP_OPENAI_PROMPT_AS: 'words' };
  expect(() => givenOptions(serverOptions, {}, environment)).toThrow('TOKENLAP_OPENAI_PROMPT_AS is "words"');
  expect(givenOptions(serverOptions, {}, { TOKENLAP_OPENAI_PROMPT_AS: 'ids' })).toEqual({ promptAs: 'ids' });
});
