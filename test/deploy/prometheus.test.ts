// deploy/alerts.yml and deploy/prometheus.yml, judged by Prometheus' own tool: each alert fires for what it is about, and for
// nothing of an ordinary day.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { findPromtool } from '../setup/tools.ts'

const promtool = findPromtool().path as string
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const a = 'job="ticket-socket",instance="server-a:9464"'
const name = (metric: string, labels = '') => `ticket_socket_${metric}{${[a, labels].filter(Boolean).join(',')}}`

/** Series of two hours, a sample a minute, in promtool's notation: `0+60x120` grows by 60. */
const ORDINARY: Record<string, string> = {
  [`up{${a}}`]: '1x120',
  [name('connections', 'method="ticket"')]: '1000x120',
  [name('connections', 'method="jwt"')]: '10x120',
  [name('store_errors_total', 'command="put"')]: '0x120',
  [name('store_duration_seconds_bucket', 'command="put",le="0.1"')]: '0+600x120',
  [name('store_duration_seconds_bucket', 'command="put",le="+Inf"')]: '0+600x120',
  [name('upgrade_duration_seconds_bucket', 'outcome="accepted",le="1"')]: '0+600x120',
  [name('upgrade_duration_seconds_bucket', 'outcome="accepted",le="+Inf"')]: '0+600x120',
  [name('requests_total', 'endpoint="tickets",status="200"')]: '0+600x120',
  [name('requests_total', 'endpoint="tickets",status="503"')]: '0x120',
  [name('upgrades_accepted_total', 'method="ticket"')]: '0+590x120',
  [name('upgrades_accepted_total', 'method="jwt"')]: '0+10x120',
  [name('upgrades_refused_total', 'reason="ticket_invalid"')]: '0+2x120',
  [name('upgrades_refused_total', 'reason="origin"')]: '0+1x120',
  [name('upgrades_pending')]: '5x120',
  [name('loop_delay_seconds')]: '0.02x120',
  [name('jwts_refused_total', 'reason="expired"')]: '0+100x120',
  [name('jwts_refused_total', 'reason="signature"')]: '0+1x120',
  [name('connections_closed_total', 'code="1006"')]: '0+20x120',
  [name('connections_closed_total', 'code="4508"')]: '0x120',
  [name('buffered_bytes')]: '1000000x120',
  [name('users_revoked_total', 'recorded="true",published="true"')]: '0+1x120',
  [name('users_revoked_total', 'recorded="true",published="false"')]: '0x120',
  [name('rate_limited_total', 'of="request"')]: '0+5x120',
}

const sudden = (before: string, after: string) => `${before}x100 ${after}x20`
/** What happens in the last twenty minutes of the two hours. */
const INCIDENTS: Record<string, Record<string, string>> = {
  TicketSocketDown: { [`up{${a}}`]: sudden('1', '0') },
  TicketStoreErrors: { [name('store_errors_total', 'command="put"')]: sudden('0', '0+60') },
  TicketStoreSlow: {
    [name('store_duration_seconds_bucket', 'command="put",le="0.1"')]: '0+500x120',
    [name('store_duration_seconds_bucket', 'command="put",le="0.5"')]: '0+600x120',
  },
  TicketEndpointFailing: { [name('requests_total', 'endpoint="tickets",status="503"')]: sudden('0', '0+60') },
  UpgradesSlow: {
    [name('upgrade_duration_seconds_bucket', 'outcome="accepted",le="1"')]: '0+500x120',
    [name('upgrade_duration_seconds_bucket', 'outcome="accepted",le="5"')]: '0+600x120',
  },
  UpgradesPending: { [name('upgrades_pending')]: sudden('5', '600') },
  LoopDelayed: { [name('loop_delay_seconds')]: sudden('0.02', '0.8') },
  TicketsRefused: { [name('upgrades_refused_total', 'reason="ticket_invalid"')]: sudden('0', '0+100') },
  JwtsRefused: { [name('jwts_refused_total', 'reason="signature"')]: sudden('0', '0+60') },
  OriginsRefused: { [name('upgrades_refused_total', 'reason="origin"')]: sudden('0', '0+30') },
  FallingBackToJwt: { [name('upgrades_accepted_total', 'method="jwt"')]: sudden('0', '0+600') },
  ConnectionsLost: { [name('connections_closed_total', 'code="4408"')]: sudden('0', '0+300') },
  ConnectionsHalved: { [name('connections', 'method="ticket"')]: '1000x119 100x1' },
  SlowReaders: { [name('connections_closed_total', 'code="4508"')]: sudden('0', '0+5') },
  BufferedBytes: { [name('buffered_bytes')]: sudden('0', '400000000') },
  RevocationNotRecorded: {
    [name('users_revoked_total', 'recorded="false",published="true"')]: '0x115 1x5',
  },
  RevocationNotPublished: { [name('users_revoked_total', 'recorded="true",published="false"')]: '0x115 1x5' },
  RateLimited: { [name('rate_limited_total', 'of="request"')]: sudden('0', '0+300') },
}

const rules = readFileSync('deploy/alerts.yml', 'utf8')
const severities = Object.fromEntries(
  [...rules.matchAll(/- alert: (\w+)[\s\S]*?severity: (\w+)/g)].map(([, alert = '', severity = '']) => [
    alert,
    severity,
  ]),
)

/** Which alerts fire at the end of the two hours, as promtool compares them. JSON is YAML. */
function judge(series: Record<string, string>, firing: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'))
  try {
    const path = join(folder, 'test.yml')
    const input_series = Object.entries({ ...ORDINARY, ...series }).map(([series, values]) => ({ series, values }))
    const exp_samples = firing.map((alert) => ({
      labels: `{alertname="${alert}",severity="${severities[alert]}"}`,
      value: 1,
    }))
    const expr = 'count by (alertname, severity) (ALERTS{alertstate="firing"})'
    const tests = [{ interval: '1m', input_series, promql_expr_test: [{ expr, eval_time: '2h', exp_samples }] }]
    writeFileSync(
      path,
      JSON.stringify({ rule_files: [resolve('deploy/alerts.yml')], evaluation_interval: '1m', tests }),
    )
    return run('test', 'rules', path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('Prometheus takes the configuration and the rules', () => {
  const { status, output } = run('check', 'config', 'deploy/prometheus.yml')
  expect([status, output]).toEqual([0, expect.stringContaining('valid prometheus config')])
})

test('on an ordinary day no alert fires', () => {
  expect(judge({}, [])).toMatchObject({ status: 0 })
})

test.each(Object.entries(INCIDENTS))('%s fires for its incident, and no other does', (alert, series) => {
  expect(judge(series, [alert])).toMatchObject({ status: 0 })
})

test('a revoke-all that was neither recorded nor published is not one that takes a minute', () => {
  const series = { [name('users_revoked_total', 'recorded="false",published="false"')]: '0x115 1x5' }
  expect(judge(series, ['RevocationNotRecorded'])).toMatchObject({ status: 0 })
})

test('docs/operations.md has a row for each alert, in the same order', () => {
  const [, table = ''] = readFileSync('docs/operations.md', 'utf8').split('\n| alert | fires | means |\n')
  const rows = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, alert]) => alert)
  expect(rows).toEqual(Object.keys(severities))
})

test('promtool tells when another alert fires than the expected one', () => {
  expect(judge(INCIDENTS.SlowReaders ?? {}, ['BufferedBytes']).status).toBe(1)
})

test('each alert has its incident here', () => {
  expect(Object.keys(severities).toSorted()).toEqual(Object.keys(INCIDENTS).toSorted())
})
