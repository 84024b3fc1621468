import type {
  IChartApiBase,
  IPrimitivePaneView,
  ISeriesPrimitive,
  Logical,
  SeriesAttachedParameter,
  Time,
  UTCTimestamp,
} from 'lightweight-charts';

/** Shades a span of time over the whole height of a chart. */
export class WindowShade implements ISeriesPrimitive<Time> {
  /** As in CSS. */
  colour = '';
  readonly #views: readonly IPrimitivePaneView[] = [
    { zOrder: () => 'bottom', renderer: () => ({ draw: (target) => this.#draw(target) }) },
  ];
  #chart: IChartApiBase<Time> | undefined;
  #requestUpdate: (() => void) | undefined;
  /** In seconds since the epoch, both inclusive: the first and last point within. */
  #span: { from: UTCTimestamp; to: UTCTimestamp } | undefined;

  attached({ chart, requestUpdate }: SeriesAttachedParameter<Time>): void {
    this.#chart = chart;
    this.#requestUpdate = requestUpdate;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  /** @param span undefined for no shade */
  show(span: { from: UTCTimestamp; to: UTCTimestamp } | undefined): void {
    this.#span = span;
    this.#requestUpdate?.();
  }

  #draw(target: Parameters<NonNullable<ReturnType<IPrimitivePaneView['renderer']>>['draw']>[0]) {
    const from = this.#edge(this.#span?.from, -1);
    const to = this.#edge(this.#span?.to, 1);
    if (from === undefined || to === undefined) return;
    target.useBitmapCoordinateSpace(({ context, bitmapSize, horizontalPixelRatio }) => {
      context.fillStyle = this.colour;
      context.fillRect(
        Math.round(from * horizontalPixelRatio),
        0,
        Math.round((to - from) * horizontalPixelRatio),
        bitmapSize.height,
      );
    });
  }

  /** Halfway between the point at a time and its neighbour on the given side. */
  #edge(time: UTCTimestamp | undefined, side: -1 | 1): number | undefined {
    const scale = this.#chart?.timeScale();
    const index = time === undefined ? undefined : scale?.timeToIndex(time, true);
    if (scale === undefined || index === undefined || index === null) return undefined;
    const point = scale.logicalToCoordinate(index as number as Logical);
    const neighbour = scale.logicalToCoordinate((index + side) as Logical);
    return point === null || neighbour === null ? undefined : (point + neighbour) / 2;
  }
}
