import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html } from './html.ts';

test('values are escaped, parts that are HTML already are not, and nothing gives nothing', () => {
  const part = html`<b>${'<&"\''}</b>`;
  expect(html`<p title="${'"x"'}">${part}${null}${undefined}${false}${0}${['a', html`<i>${'>'}</i>`]}</p>`.html).toBe(
    '<p title="&quot;x&quot;"><b>&lt;&amp;&quot;&#39;</b>0a<i>&gt;</i></p>',
  );
});

test('no text breaks out of its place', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>"']/u);
    }),
  );
});
