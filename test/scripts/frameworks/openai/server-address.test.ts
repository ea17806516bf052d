import { expect, it } from 'vitest';
import { serverAddress } from '../../../../scripts/frameworks/openai/server-address.ts';

it.each([
  { given: 'http://127.0.0.1:8080', url: 'http://127.0.0.1:8080/v1' },
  { given: 'http://127.0.0.1:8080/', url: 'http://127.0.0.1:8080/v1' },
  { given: 'http://127.0.0.1:8080/v1/', url: 'http://127.0.0.1:8080/v1' },
  { given: 'https://[::1]/engines/llama.cpp/v1', url: 'https://[::1]/engines/llama.cpp/v1' },
])('$given means $url', ({ given, url }) => {
  expect(serverAddress({ TOKENLAP_OPENAI_URL: given })).toEqual({
    url,
    key: undefined,
    model: undefined,
    promptForm: 'auto',
  });
});

it('the key comes from the variable that is named, OPENAI_API_KEY unless told otherwise', () => {
  const environment = { TOKENLAP_OPENAI_URL: 'http://a', OPENAI_API_KEY: 'one', MINE: 'two' };
  expect(serverAddress(environment)?.key).toBe('one');
  expect(serverAddress({ ...environment, TOKENLAP_OPENAI_KEY_ENV: 'MINE' })?.key).toBe('two');
  expect(serverAddress({ ...environment, TOKENLAP_OPENAI_KEY_ENV: 'NONE' })?.key).toBeUndefined();
});

it('without a URL there is no server', () => {
  expect(serverAddress({})).toBeUndefined();
  expect(serverAddress({ TOKENLAP_OPENAI_URL: '' })).toBeUndefined();
});

it.each([
  { url: 'localhost:8080', says: /not an HTTP address/ },
  { url: 'nonsense', says: /not a URL/ },
  { url: 'ftp://a', says: /not an HTTP address/ },
  { url: 'http://user:secret@a', says: /would be logged/ },
  { url: 'http://a', form: 'words', says: /"words" is no form of a prompt/ },
])('$url is refused', ({ url, form, says }) => {
  const environment = { TOKENLAP_OPENAI_URL: url, TOKENLAP_OPENAI_PROMPT_AS: form };
  expect(() => serverAddress(environment)).toThrow(says);
  expect(() => serverAddress(environment)).not.toThrow(/secret/);
});
