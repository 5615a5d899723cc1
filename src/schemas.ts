export { type OpenApiDocument, type OpenApiOptions, openApiDocument } from './contract/openapi.ts'
export * from './contract/schemas.ts'
