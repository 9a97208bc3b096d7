// Records traces of a small program that asks PostgreSQL, as OpenTelemetry's SDK for Node exports them: OTLP as
// JSON, one document a line. The program answers requests: a list, then an item each (N+1).
//   npm i pg @opentelemetry/{api,sdk-trace-node,sdk-trace-base,resources,otlp-transformer} \
//         @opentelemetry/instrumentation{,-pg}
//   node record-traces.mjs postgres://… FILE
// Prints what it asked: tests count the same.
import fs from 'node:fs'
import { SpanKind, context, trace } from '@opentelemetry/api'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const [postgres, file] = process.argv.slice(2)
fs.writeFileSync(file, '')
const exporter = {
  export(spans, done) {
    fs.appendFileSync(file, new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans)) + '\n')
    done({ code: 0 })
  },
  shutdown: async () => {},
}
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop-web' }),
  spanProcessors: [new BatchSpanProcessor(exporter, { maxExportBatchSize: 12 })],
})
provider.register()
registerInstrumentations({
  tracerProvider: provider,
  instrumentations: [new PgInstrumentation({ requireParentSpan: true })],
})
const { default: pg } = await import('pg')
const client = new pg.Client(postgres)
await client.connect()
await client.query('create temporary table orders (id int primary key, note text)')
await client.query('create temporary table items (order_id int, sku text)')
await client.query("insert into orders select n, 'planted secret' from generate_series(1, 5) n")

let statements = 0
const ask = (...words) => { statements++; return client.query(...words) }
const tracer = trace.getTracer('shop')
for (const [number, route] of ['/orders', '/orders', '/orders/:id'].entries()) {
  const span = tracer.startSpan(`GET ${route}`, { kind: SpanKind.SERVER, attributes: { 'http.route': route, 'http.request.method': 'GET' } })
  await context.with(trace.setSpan(context.active(), span), async () => {
    const inner = tracer.startSpan('list orders', { attributes: { 'code.filepath': 'app/orders.js', 'code.lineno': 42 } })
    await context.with(trace.setSpan(context.active(), inner), async () => {
      const { rows } = await ask("select id from orders where note = 'planted secret' order by id")
      for (const row of rows) await ask('select sku from items where order_id = $1', [row.id])
      if (number === 2) await ask('select broken from orders').catch(() => {})
    })
    inner.end()
  })
  span.end()
}
await provider.forceFlush()
await client.end()
console.log(`${statements} statements`)
