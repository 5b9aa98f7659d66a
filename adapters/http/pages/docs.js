// The operations page: the contract as this server serves it, tried against this server.
const RECOMMENDED = "v2";
const rank = (tag) => (tag.startsWith(RECOMMENDED) ? 0 : 1);

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tagsSorter: (one, other) => rank(one) - rank(other) || one.localeCompare(other),
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
