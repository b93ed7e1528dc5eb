// Turns the mistakes listed on the pages of activations, outputs and losses into known mistakes of
// a network.
import { layersOf } from '../network/spec.ts';
import type { ActivationPage } from '../ops/activations/page.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { LossPage } from '../ops/losses/page.ts';
import type { OutputPage } from '../ops/outputs/page.ts';
import type { LayerAround, LayerFault, PieceFault } from '../ops/piece-fault.ts';
import { activationOf, isIdentity, lossOf } from '../ops/registry.ts';
import { nameOf } from '../network/parameters.ts';
import type { LayerPage } from '../ops/layers/page.ts';
import { lastIndex, layersWhere, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

type Page = ActivationPage | OutputPage | LossPage;

type NamesOn<P> =
  P extends ActivationPage<string, infer Name>
    ? Name
    : P extends OutputPage<string, infer Name>
      ? Name
      : P extends LossPage<string, infer Name>
        ? Name
        : never;

/**
 * Whether the layer's activation has its own backward step. A loss computed from scores includes
 * that of the last layer.
 */
export function goesBack(setting: Setting, layer: number): boolean {
  return !(lossOf(setting.network.loss).from === 'scores' && layer === lastIndex(setting));
}

/**
 * The mistakes listed on these pages; each is possible where the network uses the page. A name on
 * two pages is one mistake.
 */
export function faultsOfPieces<P extends Page>(pages: readonly P[]): Record<NamesOn<P>, Fault> {
  const all = pages.flatMap(({ kind, faults = {} }: Page) =>
    Object.entries(faults).map(([name, fault]) => [
      name,
      kind === 'loss' ? ofLoss(name, fault) : ofActivation(name, fault),
    ]),
  );
  return Object.fromEntries(all) as Record<NamesOn<P>, Fault>;
}

function ofActivation(name: string, { description, remedy, formula }: PieceFault): Fault {
  const at = ({ network }: Setting, layer: number): PieceFault | undefined =>
    faultOn(activationOf(layersOf(network)[layer].activation), name);
  return {
    stage: 'gradient',
    first: (layer) => [`dz${layer + 1}`],
    description,
    remedy,
    formula,
    layers: (setting) => layersWhere(setting, (l) => goesBack(setting, l) && isPossible(at(setting, l), setting, l)),
    injection: (layer, setting, right = BACKWARD) => ({ backward: at(setting, layer)?.recipe(layer, right) ?? {} }),
  };
}

/**
 * The mistakes listed on the pages of kinds of layers; each is possible where the network has such
 * a layer. A name on two pages is one mistake.
 */
export function faultsOfLayers(pages: readonly Pick<LayerPage, 'faults'>[]): Record<string, Fault> {
  const all = pages.flatMap(({ faults = {} }) => Object.entries(faults));
  return Object.fromEntries(all.map(([name, fault]) => [name, ofLayer(name, fault)]));
}

function ofLayer(name: string, { description, remedy, formula, first }: LayerFault): Fault {
  const at = ({ network }: Setting, layer: number): LayerFault | undefined => {
    const { faults = {} } = layersOf(network)[layer].page;
    return Object.hasOwn(faults, name) ? faults[name] : undefined;
  };
  return {
    stage: 'gradient',
    first: (layer) => [placeOf(first, layer)],
    description,
    remedy,
    formula,
    layers: (setting) =>
      layersWhere(setting, (l) => (l > 0 || first !== 'inputs') && isPossible(at(setting, l), setting, l)),
    injection: (layer, setting, right = BACKWARD) => ({ backward: at(setting, layer)?.recipe(layer, right) ?? {} }),
  };
}

function placeOf(first: string, layer: number): string {
  if (first === 'scores') return `z${layer + 1}`;
  return first === 'inputs' ? `dz${layer}` : `d${nameOf({ layer: layer + 1, role: first })}`;
}

function ofLoss(name: string, { description, remedy, formula }: PieceFault): Fault {
  const at = ({ network }: Setting): PieceFault | undefined => faultOn(lossOf(network.loss), name);
  return {
    stage: 'gradient',
    first: (_layer, setting) => [`dz${lastIndex(setting) + 1}`],
    description,
    remedy,
    formula,
    layers: (setting) => whole(isPossible(at(setting), setting, lastIndex(setting))),
    injection: (_layer, setting, right = BACKWARD) => ({
      backward: at(setting)?.recipe(lastIndex(setting), right) ?? {},
    }),
  };
}

function faultOn({ faults = {} }: Page, name: string): PieceFault | undefined {
  return Object.hasOwn(faults, name) ? faults[name] : undefined;
}

function isPossible(fault: PieceFault | undefined, { network }: Setting, layer: number): boolean {
  if (fault === undefined) return false;
  const around = layersOf(network).map(({ page: { id: kind }, spec, units, activation }): LayerAround => {
    return { kind, spec, units, activation, isIdentity: isIdentity(activation) };
  });
  return fault.where?.(around, layer) ?? true;
}
