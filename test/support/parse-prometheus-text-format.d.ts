// The package brings no types of its own.
declare module 'parse-prometheus-text-format' {
  interface Metric {
    value?: string
    labels?: Record<string, string>
    /** Of a histogram: upper bound → how many were at most that. */
    buckets?: Record<string, string>
  }
  interface Family {
    name: string
    help: string
    type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM' | 'SUMMARY' | 'UNTYPED'
    metrics: Metric[]
  }
  export default function parse(text: string): Family[]
}
