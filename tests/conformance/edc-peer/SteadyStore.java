import java.time.Clock;
import java.util.List;
import org.eclipse.edc.connector.controlplane.contract.spi.negotiation.store.ContractNegotiationStore;
import org.eclipse.edc.connector.controlplane.contract.spi.types.negotiation.ContractNegotiation;
import org.eclipse.edc.connector.controlplane.defaults.storage.contractnegotiation.InMemoryContractNegotiationStore;
import org.eclipse.edc.runtime.metamodel.annotation.Inject;
import org.eclipse.edc.runtime.metamodel.annotation.Provider;
import org.eclipse.edc.spi.query.Criterion;
import org.eclipse.edc.spi.query.CriterionOperatorRegistry;
import org.eclipse.edc.spi.result.StoreResult;
import org.eclipse.edc.spi.system.ServiceExtension;
import org.eclipse.edc.spi.system.ServiceExtensionContext;

/**
 * With peer.steady=true, negotiations lie in EDC's own in-memory store under one lock, as a database would hold them.
 * Without it the store forgets a lease now and then, as its leases are a plain map that every thread writes; EDC then
 * works twice on one negotiation, sends two agreements, and ends it.
 */
public class SteadyStore implements ServiceExtension {
    @Inject
    private Clock clock;
    @Inject
    private CriterionOperatorRegistry operators;

    @Provider
    public ContractNegotiationStore negotiations(ServiceExtensionContext context) {
        var steady = Boolean.parseBoolean(context.getSetting("peer.steady", "false"));
        return steady ? new Locked(clock, operators) : new InMemoryContractNegotiationStore(clock, operators);
    }

    private static class Locked extends InMemoryContractNegotiationStore {
        Locked(Clock clock, CriterionOperatorRegistry operators) {
            super(clock, operators);
        }

        @Override
        public synchronized List<ContractNegotiation> nextNotLeased(int max, Criterion... criteria) {
            return super.nextNotLeased(max, criteria);
        }

        @Override
        public synchronized StoreResult<ContractNegotiation> findByIdAndLease(String id) {
            return super.findByIdAndLease(id);
        }

        @Override
        public synchronized void save(ContractNegotiation negotiation) {
            super.save(negotiation);
        }
    }
}
