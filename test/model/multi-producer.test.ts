import { exploreType } from './scenarios/explore-type.js';

exploreType('MPSC');
exploreType('MPMC');
