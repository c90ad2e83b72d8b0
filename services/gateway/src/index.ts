export { startGateway, type Gateway, type GatewayOptions } from './start-gateway.ts';
export { retakeWebhooks } from './webhooks/retake-webhooks.ts';
