const HEADER = /^(【[^】]*】)?\s*第\s*\d+\s*\/\s*\d+\s*步/;
/** A header that the support lead has worded differently, if it is the first line. */
const OTHER_HEADER = /^(第 |【)/;

/**
 * Take the header line (【申请退款】第 2/5 步 · 准备凭证) out of a step's text: the card draws it.
 * Something may have been said before it ("好的，我们从头开始。"); that is the lead.
 */
export function splitStepText(text: string): { lead: string; body: string } {
  const lines = text.trim().split('\n');
  let header = lines.findIndex((line) => HEADER.test(line.trim()));
  if (header < 0 && OTHER_HEADER.test(lines[0]!)) header = 0;
  return {
    lead: lines.slice(0, Math.max(header, 0)).join('\n').trim(),
    body: lines.slice(header + 1).join('\n').trim(),
  };
}
