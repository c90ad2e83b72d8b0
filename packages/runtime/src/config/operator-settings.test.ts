import { describe, expect, test } from 'vitest';
import { environment } from './environment.ts';
import { healthSetting, tracesSetting } from './operator-settings.ts';

function read<Setting>(
  setting: (settings: ReturnType<typeof environment>, problems: string[]) => Setting,
  variables: Readonly<Record<string, string>>,
) {
  const problems: string[] = [];
  return { value: setting(environment(variables), problems), problems };
}

describe('where health checks are answered', () => {
  test('is nowhere, unless a port is given; then on the loopback address, unless a host is', () => {
    expect(read(healthSetting, {})).toEqual({ value: null, problems: [] });
    expect(read(healthSetting, { VOXPORT_HEALTH_PORT: '9464' }).value).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(read(healthSetting, { VOXPORT_HEALTH_PORT: '0', VOXPORT_HEALTH_HOST: '0.0.0.0' }).value).toEqual({
      host: '0.0.0.0',
      port: 0,
    });
  });

  test.each(['http', '-1', '65536', '9464x', '1e3'])('is a problem where the port is %s', (port) => {
    expect(read(healthSetting, { VOXPORT_HEALTH_PORT: port }).problems).toEqual([
      `VOXPORT_HEALTH_PORT "${port}" is not a port from 0 (any free one) to 65535`,
    ]);
  });
});

describe('where traces are sent', () => {
  test('is nowhere without an endpoint, whatever else is set', () => {
    expect(read(tracesSetting, { OTEL_EXPORTER_OTLP_HEADERS: 'a=b' })).toEqual({ value: null, problems: [] });
  });

  test('has headers whose values stay secrets, and a share that is kept', () => {
    const { value, problems } = read(tracesSetting, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example.com/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc=, x-team = voice',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
    });
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ endpoint: 'https://otlp.example.com/base', sampleRatio: 0.1 });
    expect(Object.entries(value!.headers).map(([name, header]) => [name, header.reveal()])).toEqual([
      ['authorization', 'Basic abc='],
      ['x-team', 'voice'],
    ]);
    expect(JSON.stringify(value)).not.toContain('abc');
  });

  test('names the setting that is wrong, and none of its value', () => {
    const { problems } = read(tracesSetting, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317 secret-token',
      OTEL_EXPORTER_OTLP_HEADERS: 'secret-token',
      OTEL_TRACES_SAMPLER_ARG: '2',
    });
    expect(problems).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT is not an http:// or https:// URL',
      'OTEL_EXPORTER_OTLP_HEADERS is not a list such as name=value,name=value',
      'OTEL_TRACES_SAMPLER_ARG "2" is not a number from 0 to 1',
    ]);
  });
});
