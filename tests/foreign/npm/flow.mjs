// A whole exchange as a program with @think-it-labs/edc-connector-client (npm) writes it.
import { EdcConnectorClient, PolicyBuilder } from "@think-it-labs/edc-connector-client";

const EDC = "https://w3id.org/edc/v0.0.1/ns/";
const USE = [{ action: "use" }];
const WAIT_MS = 60_000;

const told = JSON.parse(process.argv[2]);
const [provider, consumer] = [told.provider, told.consumer].map(
  (each) =>
    new EdcConnectorClient.Builder()
      .apiToken(each.key)
      .managementUrl(each.management)
      .defaultUrl(each.default)
      .build(),
);
const counterparty = { counterPartyAddress: told.provider.protocol, counterPartyId: told.provider.id };
const done = {};

async function until(look, ...states) {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const state = await look();
    if (states.includes(state)) return state;
    if (Date.now() > deadline) throw new Error(`still ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function refused(call) {
  try {
    await call();
  } catch (error) {
    return String(error.type ?? error.constructor.name);
  }
  return "";
}

async function read(address) {
  const answer = await fetch(address.mandatoryValue("edc", "endpoint"), {
    headers: { Authorization: address.mandatoryValue("edc", "authorization") },
  });
  return [answer.status, await answer.text()];
}

const { management } = provider;
await management.assets.create({
  "@id": "pump-42",
  properties: { name: "pump", count: 5, open: true },
  privateProperties: { shelf: "7" },
  dataAddress: { type: "HttpData", baseUrl: told.source },
});
await management.policyDefinitions.create({
  "@id": "use",
  policy: new PolicyBuilder().raw({ "@context": "http://www.w3.org/ns/odrl.jsonld", permission: USE }).type("Set").build(),
});
await management.contractDefinitions.create({
  "@id": "pumps",
  accessPolicyId: "use",
  contractPolicyId: "use",
  assetsSelector: [{ operandLeft: `${EDC}id`, operator: "=", operandRight: "pump-42" }],
});
await management.assets.update({
  "@id": "pump-42",
  properties: { name: "pump", count: 6 },
  privateProperties: { shelf: "8" },
  dataAddress: told.address,
});
const asset = await management.assets.get("pump-42");
done.asset = [asset.id, asset.properties.optionalValue("edc", "count"), asset.privateProperties.optionalValue("edc", "shelf")];
done.assets = (await management.assets.queryAll()).map((each) => each.id);
done.twice = await refused(() => management.assets.create({ "@id": "pump-42", properties: {}, dataAddress: { type: "HttpData", baseUrl: told.source } }));

const catalog = await consumer.management.catalog.request(counterparty);
done.catalog = [catalog.participantId, catalog.datasets.map((each) => each.id)];
const dataset = await consumer.management.catalog.requestDataset({ "@id": "pump-42", ...counterparty });
const offer = dataset.offers[0];

const negotiation = (
  await consumer.management.contractNegotiations.initiate({
    counterPartyAddress: told.provider.protocol,
    policy: { ...offer, assigner: told.provider.id, target: "pump-42" },
  })
).id;
done.negotiation = await until(
  async () => (await consumer.management.contractNegotiations.getState(negotiation)).state,
  "FINALIZED",
  "TERMINATED",
);
const agreed = await consumer.management.contractNegotiations.getAgreement(negotiation);
const shown = await consumer.management.contractAgreements.get(agreed.id);
done.agreement = [shown.assetId, shown.providerId, shown.consumerId];
done.back = (await consumer.management.contractAgreements.getNegotiation(agreed.id)).id === negotiation;

const transfer = (
  await consumer.management.transferProcesses.initiate({
    ...counterparty,
    contractId: agreed.id,
    assetId: "pump-42",
    transferType: "HttpData-PULL",
  })
).id;
const state = async () => (await consumer.management.transferProcesses.getState(transfer)).state;
done.transfer = await until(state, "STARTED", "TERMINATED");
const entries = await consumer.management.edrs.request({
  filterExpression: [{ operandLeft: "agreementId", operator: "=", operandRight: agreed.id }],
});
done.edr = entries.map((each) => each.transferProcessId === transfer);
done.data = await read(await consumer.management.edrs.dataAddress(transfer));

await consumer.management.transferProcesses.terminate(transfer, "done");
done.ended = await until(state, "TERMINATED");
done["no EDR"] = await refused(() => consumer.management.edrs.dataAddress(transfer));
await consumer.management.transferProcesses.deprovision(transfer);
done["in use"] = await refused(() => management.assets.delete("pump-42"));
done.planes = (await management.dataplanes.list()).length;
done.health = (await provider.observability.checkHealth()).isSystemHealthy;
console.log(JSON.stringify(done));
