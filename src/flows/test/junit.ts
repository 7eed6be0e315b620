/** Reports as JUnit XML, which every CI shows. Format: the schema of the Jenkins xUnit plugin. */
import { failureText } from './diff.ts';
import type { FlowReport, TestCase } from './suite.ts';

/** One suite a flow, one case a conversation. */
export function junitXml(reports: readonly FlowReport[]): string {
  const all = reports.flatMap(({ cases }) => cases);
  const suites = reports.map(({ flow, file, cases }) => {
    const lines = cases.map((one) => caseXml(one, flow, file));
    return `  <testsuite name="${xmlText(flow)}" file="${xmlText(file)}" ${counts(cases)}>\n${lines.join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="callwright" ${counts(all)}>\n${suites.join('')}</testsuites>\n`;
}

function counts(cases: readonly TestCase[]): string {
  const of = (status: TestCase['status']): number => cases.filter((one) => one.status === status).length;
  const ms = cases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return `tests="${cases.length}" failures="${of('failed')}" errors="0" skipped="${of('skipped')}" time="${seconds(ms)}"`;
}

function caseXml(one: TestCase, flow: string, file: string): string {
  const head = `    <testcase name="${xmlText(one.name)}" classname="${xmlText(flow)}" file="${xmlText(file)}" line="${one.line}" time="${seconds(one.durationMs)}"`;
  if (one.status === 'skipped')
    return `${head}>\n      <skipped message="${xmlText(one.reason ?? '')}"/>\n    </testcase>\n`;
  if (one.failure === undefined) return `${head}/>\n`;
  const text = failureText(one, file);
  return `${head}>\n      <failure message="${xmlText(one.failure.message)}" type="step">${xmlText(text)}</failure>\n    </testcase>\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Also without the characters that XML 1.0 cannot hold. */
function xmlText(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
