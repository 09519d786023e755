// What can be tapped in a message, and what must not be.
import { describe, expect, it } from 'vitest';
import { richText } from '../src/page/richText';

const HOSTS = ['help.example.com', '*.pay.example.com'];

const linksIn = (text: string) =>
  richText(text, HOSTS).flatMap((part) => (part.kind === 'link' ? [part.href] : []));
const numbersIn = (text: string) =>
  richText(text, HOSTS).flatMap((part) => (part.kind === 'number' ? [part.text] : []));

describe('links', () => {
  it.each([
    ['看https://help.example.com/a?b=1。谢谢', ['https://help.example.com/a?b=1']],
    ['(https://help.example.com/a).', ['https://help.example.com/a']],
    ['https://m.pay.example.com/x https://help.example.com', ['https://m.pay.example.com/x', 'https://help.example.com/']],
  ])('%s', (text, links) => expect(linksIn(text)).toEqual(links));

  it.each([
    'https://evil.example/help.example.com',
    'https://help.example.com.evil.example/',
    'https://help.example.com@evil.example/',
    'https://somebody@help.example.com/',
    'https://help.example.com:8443/',
    'http://help.example.com/',
    'https://pay.example.com/',
    'https://evilpay.example.com/',
    'https://hеlp.example.com/', // a Cyrillic letter
    'javascript:alert(1)//https://',
    'https://',
  ])('%s stays text', (text) => expect(linksIn(text)).toEqual([]));
});

describe('numbers', () => {
  it.each([
    ['工单号 K000012，第 1 位', ['K000012']],
    ['订单202506120000000176和OK2025061212345670', ['202506120000000176', 'OK2025061212345670']],
    ['2025-06-12 退了 1000 元，第2步', []],
    ['https://evil.example/202506120000000176', []],
    ['https://help.example.com/202506120000000176', []],
  ])('%s', (text, numbers) => expect(numbersIn(text)).toEqual(numbers));
});

it('leaves no letter out', () => {
  const text = '订单202506120000000176，见 https://help.example.com/a。\n工单K000012\n';
  expect(richText(text, HOSTS).map((part) => part.text).join('')).toBe(text);
});
